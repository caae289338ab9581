"""What a class is shown about augmentation besides the images themselves."""
